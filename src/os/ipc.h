#ifndef ENC_OS_IPC_H
#define ENC_OS_IPC_H

/*
 * Messages over SOCK_SEQPACKET pairs: one at a time, with at most one
 * descriptor. No call blocks.
 */

#include "def.h"

/*
 * enc_ipc_pair() - make two connected sockets, close-on-exec and non-blocking
 */
ENC_NODISCARD int enc_ipc_pair(int type, int ret_ends[2]);

/**
 * enc_ipc_send() - send one message
 * @fd_to_send: sent with it, and stays the caller's; or -1
 *
 * Return: 0; -EAGAIN if the peer doesn't read; another negative errno
 */
ENC_NODISCARD int enc_ipc_send(int channel, const void *bytes, size_t length,
			       int fd_to_send);

/**
 * enc_ipc_receive() - receive one message
 * @ret_fd: a descriptor that came with it, close-on-exec, or -1
 *
 * Return: length; 0 at the end of the channel; -EAGAIN; -EMSGSIZE if the
 * message is too long or has more than one descriptor, which are then closed;
 * another negative errno
 */
ENC_NODISCARD int enc_ipc_receive(int channel, void *ret_bytes, size_t room,
				  int *ret_fd);

#endif
