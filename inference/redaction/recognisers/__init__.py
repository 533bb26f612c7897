"""Recognisers: each finds one family of personal data, in every language.

They read text in detection form (detection_view.py). Each is linear: every pattern is anchored to something rare and
bounded in length, because one hostile record must not hold up the service.
"""
