#ifndef ENC_OS_NOTIFY_H
#define ENC_OS_NOTIFY_H

/* What a service manager is told, as sd_notify(3) defines it. */

#include "def.h"

/**
 * enc_notify() - send a datagram to the socket that $NOTIFY_SOCKET names
 * @text: such as "READY=1\nSTATUS=..."
 *
 * Return: 0, also if the variable isn't set: nobody wants to know then;
 * -EINVAL if it names no socket; another negative errno
 */
ENC_NODISCARD int enc_notify(const char *text);

#endif
