#include <errno.h>
#include <limits.h>

#include "fd.h"
#include "poller.h"

int enc_poller_init(struct enc_poller *poller)
{
	*poller = (struct enc_poller){ .fd = epoll_create1(EPOLL_CLOEXEC) };
	return poller->fd < 0 ? -errno : 0;
}

void enc_poller_done(struct enc_poller *poller)
{
	enc_fd_close(&poller->fd);
}

int enc_poller_add(struct enc_poller *poller, struct enc_watch *watch, int fd,
		   uint32_t events, enc_watch_fn *ready)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		return -errno;
	}
	watch->fd = fd;
	watch->ready = ready;
	return 0;
}

void enc_poller_remove(struct enc_poller *poller, struct enc_watch *watch)
{
	if (watch->fd < 0 || watch->ready == NULL) {
		return;
	}
	/* Removing a watched descriptor from epoll can't fail. */
	ENC_IGNORE(epoll_ctl(poller->fd, EPOLL_CTL_DEL, watch->fd, NULL));
	watch->fd = -1;
	watch->ready = NULL;
	for (int i = 0; i < poller->fetched; i++) {
		if (poller->events[i].data.ptr == watch) {
			poller->events[i].data.ptr = NULL;
		}
	}
}

int enc_poller_turn(struct enc_poller *poller, int64_t timeout_ms)
{
	int timeout = timeout_ms < 0 ? -1 : (int)ENC_MIN(timeout_ms, INT_MAX);
	int count = epoll_wait(poller->fd, poller->events,
			       ENC_POLLER_EVENTS_MAX, timeout);

	if (count < 0) {
		return errno == EINTR ? 0 : -errno;
	}
	poller->fetched = count;
	for (int i = 0; i < count; i++) {
		struct enc_watch *watch = poller->events[i].data.ptr;

		if (watch != NULL) {
			watch->ready(watch, poller->events[i].events);
		}
	}
	poller->fetched = 0;
	return 0;
}
