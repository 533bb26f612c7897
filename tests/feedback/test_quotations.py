"""Analyses are not to repeat records word for word; when one does, its reader is told."""

import httpx
import pytest

from feedback.quotations import quoted_records
from tenants.models import Tenant
from tests.support.provider import Reply, ScriptedProvider
from tests.support.request_bodies import question

SAID = "The man at the gate asked my daughter to come alone in the evening."
WITH_A_NAME = "Amina Wanjiru, +254 712 345 678, told us about the man at the gate of the camp."


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (f"Protection comes first: “{SAID}”", 1),
        ("One says the MAN at the gate, asked my daughter to come alone.", 1),
        ("A man at the gate asked girls to come alone in the evening.", 0),
        ("", 0),
        ("Water.", 0),
    ],
)
def test_eight_words_in_a_row_are_a_quotation(answer: str, count: int) -> None:
    assert quoted_records(answer, [SAID, "Water is short.", ""]) == count


def test_arabic_and_cyrillic_are_read_too() -> None:
    arabic = "الماء في المخيم مقطوع منذ ثلاثة أيام ولا أحد يجيب على الهاتف"
    ukrainian = "Вода в таборі не тече вже третій день і ніхто не відповідає"
    assert quoted_records(f"{arabic}. {ukrainian}.", [arabic, ukrainian, SAID]) == 2


@pytest.mark.parametrize("path", ["/v1/analyze-bulk", "/v1/analyze"])
def test_an_analysis_says_how_many_records_it_repeats(
    api: httpx.Client, provider: ScriptedProvider, other_tenant: Tenant, path: str
) -> None:
    body = question(SAID, WITH_A_NAME, "Food is late.")
    provider.enqueue(Reply(content={"analysis": "Some feel unsafe at the gate."}))
    assert api.post(path, json=body).json()["quoted_records"] == 0
    repeated = f"{SAID} <PERSON_1>, <PHONE_NUMBER_1>, told us about the man at the gate of the camp."
    provider.enqueue(Reply(content={"analysis": repeated}))
    answer = api.post(path, json=body).json()
    assert answer["quoted_records"] == 2
    assert "Amina" not in answer["analysis"]
