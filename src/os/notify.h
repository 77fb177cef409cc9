#ifndef ENC_OS_NOTIFY_H
#define ENC_OS_NOTIFY_H

/* Messages to a service manager, as sd_notify(3) defines them. */

#include "def.h"

/**
 * enc_notify() - send a datagram to the socket that $NOTIFY_SOCKET names
 * @text: such as "READY=1\nSTATUS=..."
 *
 * Return: 0, also if the variable isn't set, since nothing has to be sent then;
 * -EINVAL if it names no socket; another negative errno
 */
ENC_NODISCARD int enc_notify(const char *text);

#endif
