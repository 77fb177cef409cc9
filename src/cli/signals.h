#ifndef ENC_CLI_SIGNALS_H
#define ENC_CLI_SIGNALS_H

/*
 * The signals that end a command, by which a user interrupts it: SIGINT,
 * SIGTERM and SIGHUP. While they are watched, one that comes is kept until it
 * is forgotten, so whoever waits later sees it, too. A read or write that blocks
 * would miss a signal that came just before it; wait first.
 */

#include <stdbool.h>

#include "err.h"

/* enc_signals_watch() - handle the signals from now on; again after unwatch */
ENC_NODISCARD enum enc_code enc_signals_watch(struct enc_error *err);

/* enc_signals_unwatch() - restore the former actions, and forget what came */
void enc_signals_unwatch(void);

/* enc_signals_fd() - an eventfd, readable while one has come; -1: not watched */
int enc_signals_fd(void);

/* enc_signals_came() - whether one has come, and isn't forgotten */
bool enc_signals_came(void);

/* enc_signals_forget() - go on as if none had come */
void enc_signals_forget(void);

/**
 * enc_signals_wait() - wait until a file is ready
 * @events: POLLIN or POLLOUT
 *
 * After a signal nothing more is read, but what there is room for is written:
 * a command still has to say how it ended.
 *
 * Return: 0; -EINTR after a signal; another negative errno
 */
ENC_NODISCARD int enc_signals_wait(int fd, short events);

#endif
