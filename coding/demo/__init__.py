"""The platform's main job, shown on content of its own: from feedback records to codes, flags, summaries and cost."""
