#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>

#include "signals.h"

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };

static struct sigaction before[ENC_COUNT(ending)];
static bool watched;
static int event_fd = -1; /* made by the first watch, and kept */

/* on_signal() - signal handler */
static void on_signal(int number)
{
	int error = errno;

	(void)number;
	ENC_IGNORE(eventfd_write(event_fd, 1));
	errno = error;
}

enum enc_code enc_signals_watch(struct enc_error *err)
{
	struct sigaction action = { .sa_handler = on_signal };

	ENC_ASSERT(!watched);
	if (event_fd < 0) {
		event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	if (event_fd < 0) {
		return enc_fail(err, ENC_UNAVAILABLE, "signals: %s",
				strerror(errno));
	}
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ENC_COUNT(ending); i++) {
		(void)sigaction(ending[i], NULL, &before[i]);
		/* nohup ignores SIGHUP, and so do we then. */
		if (before[i].sa_handler != SIG_IGN) {
			(void)sigaction(ending[i], &action, NULL);
		}
	}
	watched = true;
	return ENC_OK;
}

void enc_signals_unwatch(void)
{
	for (size_t i = 0; i < ENC_COUNT(ending) && watched; i++) {
		(void)sigaction(ending[i], &before[i], NULL);
	}
	watched = false;
	enc_signals_forget();
}

int enc_signals_fd(void)
{
	return event_fd;
}

bool enc_signals_came(void)
{
	struct pollfd signals = { .fd = event_fd, .events = POLLIN };

	return poll(&signals, 1, 0) > 0;
}

void enc_signals_forget(void)
{
	eventfd_t count;

	/* Without a signal the read fails. */
	ENC_IGNORE(eventfd_read(event_fd, &count));
}

int enc_signals_wait(int fd, short events)
{
	struct pollfd fds[] = { { .fd = fd, .events = events },
				{ .fd = event_fd, .events = POLLIN } };

	for (;;) {
		if (poll(fds, ENC_COUNT(fds), -1) >= 0) {
			bool ready = fds[0].revents != 0;
			bool signalled = fds[1].revents != 0;

			return ready && (events == POLLOUT || !signalled)
				       ? 0
				       : -EINTR;
		}
		if (errno != EINTR) {
			return -errno;
		}
	}
}
