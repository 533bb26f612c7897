"""Admin screens of frameworks, versions, codes, assignments and the coding policy."""

from coding import index_cards
from coding.admin import codes, frameworks, records
from tenants.registry import register_index_card

__all__ = ["codes", "frameworks", "records"]

register_index_card("coding.view_codingframework", index_cards.frameworks_in_use)
register_index_card("coding.view_codeassignment", index_cards.recent_codings)
