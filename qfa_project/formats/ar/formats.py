"""Number formats of Arabic pages, as browsers have them (CLDR), so that tables and charts agree.

Django's own format for Arabic has a decimal comma and does not group digits.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
