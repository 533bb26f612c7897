"""App for coding frameworks, codes and assignments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from coding.erasure import erase_content
from inference.prompting import register_prompts
from tenants.registry import register_content_eraser, register_operation_names


class CodingConfig(AppConfig):
    name = "coding"
    verbose_name = _("Coding")

    def ready(self) -> None:
        """Register prompts, operations and metrics, how content is erased, and a scope of keys.

        Imported here because models exist only now.
        """
        from coding import metrics  # noqa: F401
        from coding.api.use_cases import USE_CASES
        from inference.registry import register_use_cases

        register_prompts("coding")
        register_use_cases(USE_CASES)
        register_content_eraser(erase_content)
        register_operation_names(lambda: ["frameworks"])
