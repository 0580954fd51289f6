"""Browsers that a test drives, headless, by Python's standard library alone: Chromium over a pipe, Firefox by Marionette."""

import base64
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time


class Page:
    """What a test does with a page of either; `run` and `go` are the browser's own."""

    def wait(self, condition, seconds=60):
        """Until an expression in the page holds; how long that took."""
        start = time.monotonic()
        while not self.run(condition):
            if time.monotonic() - start > seconds:
                raise TimeoutError(f"after {seconds} s it does not hold: {condition}")
            time.sleep(0.05)
        return time.monotonic() - start

    def open(self, address):
        """Another page, even if only the hash differs."""
        self.go("about:blank")
        self.go(address)
        self.wait("typeof session === 'object' && document.readyState === 'complete'")

    def processes(self):
        """Its processes, by their numbers."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as f:
                        parents.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
                except OSError:
                    pass
        all_of_them, left = [], [self.process.pid]
        while left:
            pid = left.pop()
            all_of_them.append(pid)
            left += parents.get(pid, [])
        return all_of_them


class Chromium(Page):
    """Chromium with one page."""

    def __init__(self, program, width=1200, height=900, dark=False):
        self.folder = tempfile.mkdtemp(prefix="norma-lab-")
        to_browser, self.out = os.pipe()
        self.inn, from_browser = os.pipe()

        def pipes():  # Chromium reads 3 and writes 4
            os.dup2(to_browser, 13)
            os.dup2(from_browser, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-extensions", "--hide-scrollbars", f"--user-data-dir={self.folder}", f"--window-size={width},{height}",
             "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.count = 0
        self.errors = []  # of the page: uncaught exceptions and console errors
        self.session = None
        target = next(t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.send("Runtime.enable")
        self.send("Page.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def read(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.inn], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self.inn, 1 << 20)
            if not chunk:
                raise EOFError("the browser ended")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, seconds=60, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + seconds
        while True:
            answer = self.read(until)
            if answer.get("method") == "Runtime.exceptionThrown":
                details = answer["params"]["exceptionDetails"]
                self.errors.append(details.get("exception", {}).get("description", details["text"]))
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def run(self, expression, seconds=60):
        """The value of an expression in the page, awaited."""
        result = self.send("Runtime.evaluate", seconds, expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", expression))
        return result["result"].get("value")

    def go(self, address):
        self.send("Page.navigate", url=address)

    def size(self, width, height):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)

    def key(self, key, text=None):
        for kind in ["keyDown", "keyUp"]:
            more = {"text": text} if text and kind == "keyDown" else {}
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39, "ArrowLeft": 37}.get(key, 0), **more)

    def mouse(self, points):
        """A stroke of the mouse through points of the window."""
        x, y = points[0]
        self.send("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for x, y in points[1:]:
            self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def screenshot(self, file, whole=True):
        picture = self.send("Page.captureScreenshot", captureBeyondViewport=whole, **({} if not whole else {"clip": {
            "x": 0, "y": 0, "width": self.run("innerWidth"), "height": self.run("document.documentElement.scrollHeight"),
            "scale": 1}}))
        with open(file, "wb") as out:
            out.write(base64.b64decode(picture["data"]))

    def close(self):
        try:
            self.session = None
            self.send("Browser.close", seconds=10)
        except (OSError, EOFError, TimeoutError):
            self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.inn)
        shutil.rmtree(self.folder, ignore_errors=True)


class Firefox(Page):
    """Firefox with one page."""

    def __init__(self, program, width=1200, height=900):
        self.folder = tempfile.mkdtemp(prefix="norma-lab-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(os.path.join(self.folder, "user.js"), "w") as f:
            f.write(f'user_pref("marionette.port", {port});\n')
        self.process = subprocess.Popen(
            [program, "--headless", "--marionette", "--no-remote", "--profile", self.folder, f"--width={width}",
             f"--height={height}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.buffer = b""
        self.count = 0
        self.errors = []  # it does not tell
        until = time.monotonic() + 60
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 60)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        self.read()  # its greeting
        self.send("WebDriver:NewSession")
        self.send("WebDriver:SetTimeouts", script=120_000)

    def read(self):
        """A message: its length, a colon, and JSON."""
        while b":" not in self.buffer:
            self.more()
        size, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(size):
            self.more()
        text, self.buffer = self.buffer[:int(size)], self.buffer[int(size):]
        return json.loads(text)

    def more(self):
        chunk = self.socket.recv(1 << 20)
        if not chunk:
            raise EOFError("Firefox ended")
        self.buffer += chunk

    def send(self, command, **parameters):
        self.count += 1
        text = json.dumps([0, self.count, command, parameters]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, result = self.read()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result

    def run(self, expression, seconds=60):
        """The value of an expression in the page, awaited."""
        self.socket.settimeout(seconds + 60)
        script = ("const done = arguments[0]; const sandbox = window.wrappedJSObject ?? window;"
                  f"Promise.resolve(sandbox.eval({json.dumps(expression)})).then((v) => done([v]), (e) => done(String(e)));")
        value = self.send("WebDriver:ExecuteAsyncScript", script=script, args=[], sandbox=None)["value"]
        if not isinstance(value, list):
            raise RuntimeError(value)
        return value[0]

    def go(self, address):
        self.send("WebDriver:Navigate", url=address)

    def size(self, width, height):
        self.send("WebDriver:SetWindowRect", width=width, height=height)

    def act(self, kind, actions, **more):
        self.send("WebDriver:PerformActions", actions=[{"type": kind, "id": kind, "actions": actions, **more}])

    def key(self, key, text=None):
        value = {"ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Enter": "\ue007"}[key]
        self.act("key", [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}])

    def mouse(self, points):
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0} for x, y in points]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self.act("pointer", [moves[0], down, *moves[1:], up], parameters={"pointerType": "mouse"})

    def screenshot(self, file):
        with open(file, "wb") as out:
            out.write(base64.b64decode(self.send("WebDriver:TakeScreenshot", full=True)["value"]))

    def close(self):
        try:
            self.send("Marionette:Quit", flags=["eForceQuit"])
        except (OSError, EOFError, RuntimeError):
            self.process.kill()
        self.process.wait()
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)
