"""Ask whether the places of the branches are ready, before the day: a survey, its score, and what to mend."""
