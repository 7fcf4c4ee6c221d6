/* SPDX-License-Identifier: Apache-2.0 */
/* rules/app/ftp_data.h - states of an FTP data connection. Constant data, any thread. */
#ifndef RULES_APP_FTP_DATA_H
#define RULES_APP_FTP_DATA_H

#include "rules/app.h"

enum ftp_data_state {
	FTP_DATA_STARTED,
	FTP_DATA_COMPLETE,
};

extern const struct app ftp_data_app;

#endif
