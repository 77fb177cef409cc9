#ifndef ENC_SANDBOX_RUNSC_H
#define ENC_SANDBOX_RUNSC_H

/*
 * Finds runsc, gVisor's runtime, and checks that it is new enough. runsc runs
 * as root of a user namespace, so its binary must belong to root, like
 * enclaved's.
 */

#include "err.h"
#include "launch.h"

enum {
	/*
	 * The oldest accepted release: older ones were never tested with our
	 * flags.
	 */
	ENC_RUNSC_OLDEST = 20250101,
};

struct enc_runsc {
	int program; /* the binary, close-on-exec */
	/* Release of runsc, such as "release-20260905". */
	char release[ENC_LAUNCH_NAME_BYTES];
};

/**
 * enc_runsc_find() - find a usable runsc
 * @path:    absolute path of the only one to be tried. NULL: try @beside, the
 *           one of tools/bootstrap, then PATH.
 * @beside:  path beside enclaved; the file may be missing
 *
 * runsc is run once to get its version, which takes about 50 ms. Return:
 * ENC_OK; ENC_UNAVAILABLE if no runsc that was found is usable, with the reason
 * and the remedy; ENC_NOT_FOUND if there is none
 */
ENC_NODISCARD enum enc_code enc_runsc_find(const char *path, const char *beside,
					   struct enc_runsc *ret_runsc,
					   struct enc_error *err);

/**
 * enc_runsc_complaint() - read from runsc's log why it gave up
 * @log:      its last lines; the first one may be cut
 * @ret_text: one sentence in printable ASCII; "" if the log has no reason
 *
 * This function is pure. A line is {"msg":"...","level":"error",...}; the last
 * message is returned.
 */
void enc_runsc_complaint(const char *log, char *ret_text, size_t room);

/**
 * enc_runsc_release() - read the date of a release from the output of `runsc
 * --version`
 * @ret_release: the first word after "version"
 *
 * This function is pure. Return: a number such as 20260905; 0 if there is no
 * date
 */
unsigned int enc_runsc_release(const char *text,
			       char ret_release[ENC_LAUNCH_NAME_BYTES]);

#endif
