/* MMS (ISO 9506-2): vendor, model and revision of who answers "identify". */
#include "classify/dissect/ber.h"
#include "classify/dissect/iso_tsap.h"
#include "classify/dissect/wire.h"

enum {
	USER_DATA = 0x61,          /* fully encoded data of the presentation */
	SINGLE_VALUE = 0xa0,       /* single-ASN1-type */
	CONFIRMED_RESPONSE = 0xa1, /* of MMS */
	IDENTIFY = 0xa2,
	VENDOR = 0x80,
	MODEL = 0x81,
	REVISION = 0x82,
};

void mms_message(struct dissection *x, struct cursor c)
{
	static const uint8_t give_tokens_and_data[] = {1, 0, 1, 0};
	const uint8_t *session = cursor_bytes(&c, sizeof give_tokens_and_data);
	if (!session || memcmp(session, give_tokens_and_data, sizeof give_tokens_and_data))
		return;
	struct cursor list = ber_expect(&c, USER_DATA);
	struct cursor value = ber_find(ber_expect(&list, BER_SEQUENCE), SINGLE_VALUE);
	struct cursor identity = ber_find(ber_find(value, CONFIRMED_RESPONSE), IDENTIFY);
	if (!cursor_left(&identity))
		return;
	struct wire_text t = {.len = 0};
	wire_label(&t, "vendor", ber_find(identity, VENDOR));
	wire_label(&t, "model", ber_find(identity, MODEL));
	wire_label(&t, "firmware", ber_find(identity, REVISION));
	wire_yield(x, FIELD_MMS_DEVICE, &t);
}
