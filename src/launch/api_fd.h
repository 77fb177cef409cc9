#ifndef ENC_LAUNCH_API_FD_H
#define ENC_LAUNCH_API_FD_H

/*
 * The descriptors that enclave-api is started with, at fixed numbers. A number
 * without a descriptor is closed.
 */

enum enc_api_fd {
	/* The channel to the launcher; missing with the simulator. */
	ENC_API_FD_CHANNEL = 3,
	ENC_API_FD_UNIX, /* the listening unix socket */
	/* The listening TCP socket; missing with --listen none. */
	ENC_API_FD_TCP,
	/*
	 * The binary of enclave-api. The exec of enclave-api closes this
	 * descriptor. api_seccomp_policy.h has its number, too.
	 */
	ENC_API_FD_PROGRAM,
	/* A pipe: enclave-api writes one byte once requests are answered. */
	ENC_API_FD_READY,
	ENC_API_FD_MAX,
};

#endif
