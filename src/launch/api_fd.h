#ifndef ENC_LAUNCH_API_FD_H
#define ENC_LAUNCH_API_FD_H

/*
 * The descriptors that enclave-api is born with, by fixed numbers. A number
 * without a descriptor is closed.
 */

enum enc_api_fd {
	ENC_API_FD_CHANNEL = 3, /* to the launcher; none with the simulator */
	ENC_API_FD_UNIX,	/* listener */
	ENC_API_FD_TCP,		/* listener; none with --listen none */
	/* Closed by the exec. Its number is in api_seccomp_policy.h, too. */
	ENC_API_FD_PROGRAM,
	/* A pipe: enclave-api writes one byte once requests are answered. */
	ENC_API_FD_READY,
	ENC_API_FD_MAX,
};

#endif
