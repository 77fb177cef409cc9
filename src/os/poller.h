#ifndef ENC_OS_POLLER_H
#define ENC_OS_POLLER_H

/*
 * The loop of enclaved: epoll, one thread. A watch is embedded in what it
 * belongs to; its function may remove any watch, also its own, and free what
 * holds it: an event that was already fetched for a removed watch is dropped.
 */

#include <stdint.h>
#include <sys/epoll.h>

#include "def.h"

enum { ENC_POLLER_EVENTS_MAX = 64 };

struct enc_watch;

/* enc_watch_fn - @events as of epoll: EPOLLIN, EPOLLHUP, EPOLLPRI ... */
typedef void enc_watch_fn(struct enc_watch *watch, uint32_t events);

struct enc_watch {
	int fd; /* borrowed; -1 when it isn't watched */
	enc_watch_fn *ready;
};

struct enc_poller {
	int fd;
	int fetched; /* events of this turn that are still to come */
	struct epoll_event events[ENC_POLLER_EVENTS_MAX];
};

/* enc_poller_init() - 0 or a negative errno */
ENC_NODISCARD int enc_poller_init(struct enc_poller *poller);
void enc_poller_done(struct enc_poller *poller);

/* enc_poller_add() - @watch->fd is -1 before; 0 or a negative errno */
ENC_NODISCARD int enc_poller_add(struct enc_poller *poller,
				 struct enc_watch *watch, int fd,
				 uint32_t events, enc_watch_fn *ready);

/* enc_poller_remove() - before the descriptor is closed; twice is fine */
void enc_poller_remove(struct enc_poller *poller, struct enc_watch *watch);

/**
 * enc_poller_turn() - wait for events and serve them
 * @timeout_ms: at most so long; -1 without end
 *
 * Return: 0, also when a signal came; another negative errno
 */
ENC_NODISCARD int enc_poller_turn(struct enc_poller *poller,
				  int64_t timeout_ms);

#endif
