"""App for coding frameworks, codes and assignments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from coding.erasure import erase_content
from inference.prompting import register_prompts
from tenants.pages.menu import MenuEntry, Section, register_menu_entry
from tenants.registry import register_content_eraser, register_operation_names


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = _("Coding")

    def ready(self) -> None:
        """Register prompts, operations, metrics, codings of records, how content is erased, and a scope of keys.

        Imported here because models exist only now.
        """
        from coding import metrics  # noqa: F401
        from coding.api.use_cases import USE_CASES
        from coding.records.codings import codings_of_records, has_one_of
        from coding.records.counts import count_records_by_code
        from coding.records.erasure import erase_codings
        from coding.records.sent_levels import record_sent_codings
        from feedback.registry import (
            register_code_counter,
            register_codings,
            register_record_eraser,
            register_store_listener,
        )
        from inference.registry import register_use_cases

        register_prompts("coding")
        register_use_cases(USE_CASES)
        register_content_eraser(erase_content)
        register_codings(codings_of_records, has_one_of)
        register_code_counter(count_records_by_code)
        register_store_listener(record_sent_codings)
        register_record_eraser("codings", erase_codings)
        register_operation_names(lambda: ["frameworks"])
        register_menu_entry(
            MenuEntry(
                _("Coding frameworks"),
                "admin:coding_codingframework_changelist",
                "coding.view_codingframework",
                Section.FRAMEWORKS,
            )
        )
