"""App configuration of the operations on feedback records."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from feedback.batches import expiry
from feedback.erasing.closed_tenants import erase_content
from inference.prompting import register_prompts
from tenants.pages.menu import MenuEntry, Section, register_menu_entry
from tenants.registry import register_content_eraser, register_key_scopes, register_metadata_names


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        """Register prompts, operations, scopes of keys, erasers, a record's metadata, and pages.

        Imported here because models exist only now.
        """
        from feedback.api.serializers import MetadataSerializer
        from feedback.api.use_cases import USE_CASES
        from feedback.batches.erasure import erase_batch_records
        from feedback.registry import register_record_eraser
        from inference.registry import register_use_cases
        from inference.runs.embedding_calls import forget_vectors
        from tenants.rest import idempotency

        register_prompts("feedback")
        register_use_cases(USE_CASES)
        register_metadata_names(MetadataSerializer().fields)
        register_key_scopes("records", "records:raw", "records:sensitive", "batches")
        register_content_eraser(erase_content)
        register_content_eraser(expiry.erase_content)
        register_record_eraser("batch results", erase_batch_records)
        register_record_eraser("vectors", lambda erasure: forget_vectors(erasure.texts))
        # Encrypted, and a day old at most: all of the tenant's go, because nobody knows which of them quote a record.
        register_record_eraser("stored answers", lambda erasure: idempotency.delete_answers())
        register_menu_entry(
            MenuEntry(_("Feedback dashboard"), "feedback:dashboard", "feedback.view_dashboard", Section.FEEDBACK)
        )
        register_menu_entry(
            MenuEntry(_("Feedback records"), "feedback:records", "feedback.view_feedbackrecord", Section.FEEDBACK, 10)
        )
        register_menu_entry(MenuEntry(_("Batches"), "feedback:batches", "feedback.view_batch", Section.FEEDBACK, 30))
        register_menu_entry(MenuEntry(_("Import"), "feedback:imports", "feedback.add_importrun", Section.FEEDBACK, 20))
