"""The client that openapi-generator makes, in the package `made`.

usage: openapi_generator.py URL KEY
"""

import sys

import made
from made.models import CreateSessionRequest, Session

url, key = sys.argv[1:3]
configuration = made.Configuration(host=url, access_token=key)
with made.ApiClient(configuration) as api:
    sessions = made.SessionsApi(api)
    created = sessions.create_session(CreateSessionRequest(
        code="print('out')\nenclave.result({'answer': 285})",
        language="python"), wait="60s").actual_instance
    assert isinstance(created, Session), created
    assert created.outcome == "succeeded", created
    assert created.result.stdout == "out\n", created.result

    ended = sessions.create_session(CreateSessionRequest(
        command=["/bin/sh", "-c", "exit 3"]), wait="60s").actual_instance
    assert ended.result.exit_code == 3, ended

    result = sessions.get_result(created.id)
    assert result.var_json == {"answer": 285}, result
    listed = sessions.list_sessions(limit=1)
    assert [one.id for one in listed.sessions] == [ended.id], listed
    try:
        sessions.get_session("s-0000000000-1")
        raise AssertionError("there is no such session")
    except made.exceptions.NotFoundException as error:
        assert error.data.error.code == "not_found", error.data
