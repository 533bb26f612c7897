"""How figures are written on Arabic pages: as browsers do (CLDR), so that tables and charts agree.

Django itself groups no digits in Arabic, and writes a decimal comma where the chart has a comma between thousands.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
