"""A Unix socket that a story answers on: who decides, or who is asked."""
import socket
import threading


class AnsweringSocket:
    """Takes connections one after another and hands each to answer(), which a subclass has; then it is closed."""

    def __init__(self, path):
        self.asked, self.answers = [], {}
        self.waiting = socket.socket(socket.AF_UNIX)
        self.waiting.bind(path)
        self.waiting.listen(64)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                one, _ = self.waiting.accept()
            except OSError:
                return
            with one:
                self.answer(one)

    def end(self):
        """Woken, not only closed: a thread that goes on accepting would take the next stage's connections by the same number."""
        self.waiting.shutdown(socket.SHUT_RDWR)
        self.thread.join(60)
        self.waiting.close()
