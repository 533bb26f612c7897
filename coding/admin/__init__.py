"""Register the admin screens and index cards of frameworks, versions, codes, assignments and the coding policy."""

from coding.admin import assignments, codes, frameworks, index_cards
from tenants.registry import register_index_card

__all__ = ["assignments", "codes", "frameworks"]

register_index_card("coding.view_codingframework", index_cards.frameworks_in_use)
register_index_card("coding.view_codeassignment", index_cards.recent_codings)
