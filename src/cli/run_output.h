#ifndef ENC_CLI_RUN_OUTPUT_H
#define ENC_CLI_RUN_OUTPUT_H

/*
 * What a session prints, passed on as it comes: exact bytes, or inert text
 * where it goes to a terminal.
 */

#include <stdio.h>

#include <jansson.h>

#include "inert.h"
#include "server.h"

struct enc_run_output {
	FILE *out;   /* for the program's stdout */
	FILE *notes; /* for its stderr */
	bool make_out_inert;
	bool make_notes_inert;
	bool silent;  /* print nothing until finish */
	bool printed; /* a stream was printed, so finish has nothing to add */
	bool broken;  /* our own output can't be written any more */
	int error;    /* errno of that */
	struct enc_inert inert[2];
};

/* enc_run_output_event() - a handler for enc_server_stream(); @user is it */
bool enc_run_output_event(void *user, const struct enc_server_event *event);

/*
 * enc_run_output_finish() - end of the session: what is held back, or all of
 * the result's output if no stream was printed
 */
void enc_run_output_finish(struct enc_run_output *output,
			   const json_t *session);

#endif
