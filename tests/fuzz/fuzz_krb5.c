/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/proto/krb5.h"
#include "tests/fuzz/conversation.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return fuzz_conversation(&krb5_proto, bytes_of(data, len));
}
