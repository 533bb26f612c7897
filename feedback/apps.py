"""App configuration of the operations on feedback records."""

from django.apps import AppConfig

from inference.prompting import register_prompts
from tenants.registry import register_metadata_names


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        """Register prompts, operations and the keys of a record's metadata.

        Imported here because models exist only now.
        """
        from feedback.api.serializers import MetadataSerializer
        from feedback.api.use_cases import USE_CASES
        from inference.registry import register_use_cases

        register_prompts("feedback")
        register_use_cases(USE_CASES)
        register_metadata_names(MetadataSerializer().fields)
