"""Who might be named: facts about words, and the model that weighs them in a sentence."""
