"""The long proof that every answer is as the OpenAPI document says, in short."""

from open_api import conforms


def test_no_operation_gives_any_role_an_answer_that_is_not_documented(tmp_path):
    figures = conforms(tmp_path, examples=3)

    assert figures["faults"] == []
    assert figures["operations"] >= 17
    assert figures["requests"] >= 500
