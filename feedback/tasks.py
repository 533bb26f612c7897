"""Jobs of feedback."""

from feedback.batches.tasks import delete_expired_batches, queue_batches, run_slice
from feedback.imports.tasks import delete_old_drafts, import_file

__all__ = ["delete_expired_batches", "delete_old_drafts", "import_file", "queue_batches", "run_slice"]
