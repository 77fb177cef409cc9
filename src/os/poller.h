#ifndef ENC_OS_POLLER_H
#define ENC_OS_POLLER_H

/*
 * The event loop of enclaved: epoll, one thread. A watch is embedded in another
 * struct. Its function may remove any watch, also its own, and free that
 * struct: an event that was already fetched for a removed watch is dropped.
 */

#include <stdint.h>
#include <sys/epoll.h>

#include "def.h"

enum { ENC_POLLER_EVENTS_MAX = 64 };

struct enc_watch;

/*
 * enc_watch_fn - handle events; @events are those of epoll: EPOLLIN, EPOLLHUP,
 * EPOLLPRI ...
 */
typedef void enc_watch_fn(struct enc_watch *watch, uint32_t events);

struct enc_watch {
	int fd; /* watched descriptor, borrowed; -1: none */
	enc_watch_fn *ready;
};

struct enc_poller {
	int fd;
	int fetched; /* number of fetched events in `events` */
	struct epoll_event events[ENC_POLLER_EVENTS_MAX];
};

/* enc_poller_init() - make a poller. Return: 0 or a negative errno */
ENC_NODISCARD int enc_poller_init(struct enc_poller *poller);
void enc_poller_done(struct enc_poller *poller);

/*
 * enc_poller_add() - watch a descriptor; @watch must not be in use. Return: 0
 * or a negative errno
 */
ENC_NODISCARD int enc_poller_add(struct enc_poller *poller,
				 struct enc_watch *watch, int fd,
				 uint32_t events, enc_watch_fn *ready);

/*
 * enc_poller_remove() - stop watching; call it before closing the descriptor. A
 * second call does nothing.
 */
void enc_poller_remove(struct enc_poller *poller, struct enc_watch *watch);

/**
 * enc_poller_turn() - wait for events and handle them
 * @timeout_ms: longest wait; -1: no limit
 *
 * Return: 0, also after a signal; a negative errno
 */
ENC_NODISCARD int enc_poller_turn(struct enc_poller *poller,
				  int64_t timeout_ms);

#endif
