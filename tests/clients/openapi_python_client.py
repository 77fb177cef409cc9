"""The client that openapi-python-client makes, in the package `made`.

usage: openapi_python_client.py URL KEY
"""

import sys

from made import AuthenticatedClient
from made.api.sessions import (create_session, get_result, get_session,
                               list_sessions)
from made.models import (CreateSessionRequest, CreateSessionRequestLanguage,
                         CreateSessionRequestLimits, Error, Outcome, Result,
                         Session)

url, key = sys.argv[1:3]
client = AuthenticatedClient(base_url=url, token=key)
created = create_session.sync(client=client, wait="60s",
                              body=CreateSessionRequest(
    code="print('out')\nenclave.result({'answer': 285})",
    language=CreateSessionRequestLanguage.PYTHON,
    limits=CreateSessionRequestLimits(wall_clock_seconds=20)))
assert isinstance(created, Session), created
assert created.outcome == Outcome.SUCCEEDED, created
assert created.result.stdout == "out\n", created.result
assert created.limits.wall_clock_seconds == 20, created.limits

ended = create_session.sync(client=client, wait="60s",
                            body=CreateSessionRequest(
    command=["/bin/sh", "-c", "exit 3"]))
assert ended.result.exit_code == 3, ended

result = get_result.sync(created.id, client=client)
assert isinstance(result, Result), result
assert result.json == {"answer": 285}, result
listed = list_sessions.sync(client=client, limit=1)
assert [one.id for one in listed.sessions] == [ended.id], listed
missing = get_session.sync("s-0000000000-1", client=client)
assert isinstance(missing, Error) and missing.error.code == "not_found"
