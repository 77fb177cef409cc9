# requests: errors for places that can't be reached
import requests
try:
    requests.get("http://127.0.0.1:1/", timeout=1)
except requests.ConnectionError as error:
    print("ConnectionError", "Connection refused" in str(error))
for url in "nothing", "http://", "ftp://x":
    try:
        requests.get(url)
    except (ValueError, requests.RequestException) as error:
        print(type(error).__name__, error)
