"""Recognisers: one for every family of personal data, in all languages.

They read text in detection form (detection_view.py). Each is linear: every pattern is anchored to something rare and
bounded in length, because one hostile record must not hold up the service.
"""
