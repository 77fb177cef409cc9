#ifndef ENC_SANDBOX_RUNSC_H
#define ENC_SANDBOX_RUNSC_H

/*
 * gVisor's runtime: which program it is and whether it is new enough. It runs
 * as root of a user namespace, so it has to be root's own, like enclaved.
 */

#include "err.h"
#include "launch.h"

enum {
	/* Of releases: older ones were never tried with these flags. */
	ENC_RUNSC_OLDEST = 20250101,
};

struct enc_runsc {
	int program;			     /* its binary, close-on-exec */
	char release[ENC_LAUNCH_NAME_BYTES]; /* "release-20260905" */
};

/**
 * enc_runsc_find() - the one that is named, or the first that is good
 * @path:    an absolute path, or NULL: beside enclaved, where tools/bootstrap
 *           puts one, then PATH
 * @beside:  the one beside enclaved; it need not exist
 *
 * It is asked for its version, which takes some 50 ms. Return: ENC_OK;
 * ENC_UNAVAILABLE: what is wrong with what was found, and the remedy;
 * ENC_NOT_FOUND if there is none
 */
ENC_NODISCARD enum enc_code enc_runsc_find(const char *path, const char *beside,
					   struct enc_runsc *ret_runsc,
					   struct enc_error *err);

/**
 * enc_runsc_complaint() - why runsc gave up, out of the end of its log
 * @log:      its last lines; the first one may be cut
 * @ret_text: one sentence, printable ASCII; "" if the log doesn't say
 *
 * Pure. A line is {"msg":"...","level":"error",...}: the last message counts.
 */
void enc_runsc_complaint(const char *log, char *ret_text, size_t room);

/**
 * enc_runsc_release() - the date of a release, out of what --version prints
 * @ret_release: its first word after "version"
 *
 * Pure. Return: such as 20260905, or 0 if that isn't in it
 */
unsigned int enc_runsc_release(const char *text,
			       char ret_release[ENC_LAUNCH_NAME_BYTES]);

#endif
