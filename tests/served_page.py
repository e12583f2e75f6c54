"""A program for the Debian of a test: serves the dashboard's page as its user, and looks at it."""

from __future__ import annotations

SERVES_ITS_PAGE = """
import fcntl, json, pathlib, re, socket, ssl, struct, subprocess, urllib.request
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as card:  # cut off, with lo down
    fcntl.ioctl(card, 0x8914, struct.pack("16sH14x", b"lo", 1))
user = "facedoor-dashboard"
command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
command += ["facedoor", "dashboard", "--json"]
process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
told = json.loads(process.stdout.readline())
folder = pathlib.Path("/var/lib/facedoor-dashboard/certificates")
trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
def get(path):
    with urllib.request.urlopen(f"https://127.0.0.1:8443{path}", context=trust) as answer:
        return answer.read()
page = get("/").decode()
(script,) = re.findall('src="(/static/app-[0-9a-f]+.js)"', page)
shown = re.sub("<[a-z]+>", "", get("/install").decode())
print(len(get(script)), told["fingerprint"] in shown)
process.terminate()
print(process.wait())
"""
"""Prints the length of the page's script, whether its fingerprint is shown, and the exit code."""
