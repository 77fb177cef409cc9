#ifndef ENC_INIT_INIT_IDS_H
#define ENC_INIT_INIT_IDS_H

#include "def.h"

/*
 * The ids of processes in the sandbox. All functions return 0 or a negative
 * errno. After a failure the ids are undefined and the process must exit.
 */

/*
 * enc_init_ids_harden() - make the process not dumpable, and let it die with
 * its parent. The kernel resets both whenever the ids change.
 */
ENC_NODISCARD int enc_init_ids_harden(void);

/*
 * enc_init_ids_borrow(), enc_init_ids_return() - take the program's ids and
 * give them back, so that files made in between belong to the program. Only
 * while no foreign code runs.
 */
ENC_NODISCARD int enc_init_ids_borrow(void);
ENC_NODISCARD int enc_init_ids_return(void);

/*
 * enc_init_ids_drop() - take the program's ids for good: no group, no
 * capability, no_new_privs. Fails if any capability is left.
 */
ENC_NODISCARD int enc_init_ids_drop(void);

#endif
