# id: NT-03.metadata-name   class: EXFIL
# expect-phase: succeeded   expect-audit: egress_denied host=metadata.google.internal port=80
import urllib.request, urllib.error
try:
    urllib.request.urlopen("http://metadata.google.internal/computeMetadata/v1/", timeout=5)
    raise SystemExit("answered")
except urllib.error.HTTPError as e:
    assert e.code == 403, e.code
    text = e.read().decode()
    assert "metadata.google.internal" in text, text
