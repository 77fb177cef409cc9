# id: RC-04.claims   class: MISLABEL
# expect-phase: failed   expect-exit: 3   expect-kill: None
# expect-json: {"phase": "succeeded", "exitCode": 0, "killReason": "cpu_exceeded", "sessionId": "s-0"}
enclave.result({"phase": "succeeded", "exitCode": 0, "killReason": "cpu_exceeded", "sessionId": "s-0"})
raise SystemExit(3)
