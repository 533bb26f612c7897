"""Demo of the main job on shipped content: from feedback records to codes, flags, summaries and costs."""
