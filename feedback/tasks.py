"""Jobs of feedback."""

from feedback.batches.tasks import delete_expired_batches, queue_batches, run_slice
from feedback.imports.tasks import delete_old_drafts, import_file, queue_forgotten, undo_file
from feedback.record_tasks import delete_old_records

__all__ = [
    "delete_expired_batches",
    "delete_old_drafts",
    "delete_old_records",
    "import_file",
    "queue_batches",
    "queue_forgotten",
    "run_slice",
    "undo_file",
]
