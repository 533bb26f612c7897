"""Jobs of feedback."""

from feedback.batches.tasks import delete_expired_batches, queue_batches, run_slice

__all__ = ["delete_expired_batches", "queue_batches", "run_slice"]
