"""The program at an address, on the connection and in the transaction of the test."""

from concurrent.futures import ThreadPoolExecutor

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import get_path_info
from django.db import DEFAULT_DB_ALIAS, connections
from django.test.testcases import LiveServerThread


class OneAfterTheOther(StaticFilesHandler):
    """Answers requests in the order in which they come.

    Two at once would mix up their savepoints and temporary tables, since they share the connection.
    """

    def __init__(self, application):
        super().__init__(application)
        self.queue = ThreadPoolExecutor(
            max_workers=1,
            initializer=connections.__setitem__,
            initargs=(DEFAULT_DB_ALIAS, connections[DEFAULT_DB_ALIAS]),
        )

    def __call__(self, environ, start_response):
        if self._should_handle(get_path_info(environ)):
            return super().__call__(environ, start_response)
        return self.queue.submit(self._answer, environ, start_response).result()

    def _answer(self, environ, start_response):
        answer = self.application(environ, start_response)
        try:
            return list(answer)
        finally:
            answer.close()

    def serve(self, request):
        """A static file, which the browser keeps from one test to the next."""
        response = super().serve(request)
        response["Cache-Control"] = "max-age=3600"
        return response


class Server:
    def __init__(self):
        connection = connections[DEFAULT_DB_ALIAS]
        connection.inc_thread_sharing()
        self.thread = LiveServerThread("localhost", OneAfterTheOther, {DEFAULT_DB_ALIAS: connection})
        self.thread.daemon = True
        self.thread.start()
        self.thread.is_ready.wait()
        # Has `stop` wait until the last connection is closed.
        self.thread.httpd.daemon_threads = False
        self.url = f"http://{self.thread.host}:{self.thread.port}"

    def finish(self):
        """Wait until all that was asked has been answered, even if nobody waits for it any more."""
        self.thread.httpd.get_app().queue.submit(int).result()

    def stop(self):
        self.thread.terminate()
        connections[DEFAULT_DB_ALIAS].dec_thread_sharing()
