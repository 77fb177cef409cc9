# id: FS-20.planted   class: ESC   kind: client
# What tools on a host would run if they came across it in a tree of theirs.
# Nobody on this host looks at a session's files: none of it is ever run.
import json
import os
import secrets
from enclave_client import Client

MARK = f"/tmp/enclave-planted-{secrets.token_hex(8)}"
CODE = """
import os
run = "#!/bin/sh\\ntouch %s\\n"
py = "open('%s', 'w')\\n"
plant = {
    ".git/hooks/post-checkout": run, ".git/hooks/pre-commit": run, ".git/HEAD": "ref: refs/heads/x\\n",
    ".git/config": "[core]\\n\\tfsmonitor = touch %s\\n\\thooksPath = /work/.git/hooks\\n\\tsshCommand = touch %s\\n",
    ".gitattributes": "* filter=x\\n", ".gitconfig": "[filter \\"x\\"]\\n\\tclean = touch %s\\n",
    "package.json": '{"scripts": {"preinstall": "touch %s", "test": "touch %s"}}',
    "sitecustomize.py": py, "usercustomize.py": py, "conftest.py": py, "x.pth": "import os; os.system('touch %s')\\n",
    "Makefile": "$(shell touch %s)\\nall:\\n\\ttouch %s\\n", ".bashrc": run, ".profile": run, ".envrc": run,
    "node_modules/x/index.js": "require('fs').writeFileSync('%s', '')", ".npmrc": "script-shell=/work/.bashrc",
    ".vscode/tasks.json": "{}", "libc.so.6": "x", "ld.so.preload": "/work/libc.so.6", ".ssh/rc": run,
    ".gdbinit": "shell touch %s\\n", ".vimrc": ":!touch %s\\n", "core": "x", "enclave.db": "x", ".curlrc": "output=%s\\n",
}
for root in ("/work", "/tmp", "/var/tmp", "/dev/shm"):
    for path, text in plant.items():
        path = os.path.join(root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text.replace("%s", "MARK"))
        os.chmod(path, 0o755)
print(len(plant))
""".replace("MARK", MARK)
client = Client()
session = client.run({"language": "python", "code": CODE})
assert session["outcome"] == "succeeded", session
client.expect(200, "GET", f"/v1/sessions/{session['id']}/audit?format=bundle")
client.expect(200, "GET", f"/v1/sessions/{session['id']}/result")
assert not os.path.lexists(MARK)
