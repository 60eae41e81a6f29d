#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_mqtt;

static void clients_are_named(void **state)
{
	EXPECT(dissector_mqtt, 1883,
	       "mqtt.clientId client sender dev1\nuser.name client sender bob\nservice server sender mqtt\n",
	       C("\x10\x19\0\4MQTT\4\xc2\0\x3c\0\4dev1\0\3bob\0\2pw\x82\1"), S("\x20\2\0\0\x30\1"));
	EXPECT(dissector_mqtt, 1883, "mqtt.clientId client sender dev5\nuser.name client sender amy\n",
	       C("\x10\x26\0\4MQTT\5\x84\0\x3c\3\x21\0\1\0\4dev5\2\1\1\0\1t\0\1p\0\3amy"
		 "xxxx"));
	EXPECT(dissector_mqtt, 1883, "not\n", C("\x10\x19\0\4HTTP"));
}

static void brokers_are_versioned_to_who_asks(void **state)
{
	EXPECT(dissector_mqtt, 1883,
	       "mqtt.clientId client sender dev1\n"
	       "service server sender mqtt\n"
	       "mqtt.version server sender $SYS/broker/version mosquitto version 2.0.11\n"
	       "done\n",
	       C("\x10\x10\0\4MQTT\4\2\0\x3c\0\4dev1"), S("\x20\2\0\0"),
	       C("\x82\x0b\0\1\0\6$SYS/#\0"
		 "\xc0\0"),
	       S("\x90\3\0\1\0"
		 "\x31\x0c\0\7a/topicxyz"
		 "\x33\x2f\0\x13$SYS/broker/version\0\1mosquitto version 2.0.11"));
	/* without being asked for, a topic is anybody's */
	EXPECT(dissector_mqtt, 1883, "mqtt.clientId client sender dev1\nservice server sender mqtt\n",
	       C("\x10\x10\0\4MQTT\4\2\0\x3c\0\4dev1"
		 "\x82\6\0\1\0\1#\0"),
	       S("\x20\2\0\0"
		 "\x31\x2d\0\x13$SYS/broker/version"
		 "mosquitto version 2.0.11"));
	/* version 5: properties are stepped over, and an identifier is assigned */
	EXPECT(dissector_mqtt, 1883,
	       "service server sender mqtt\n"
	       "mqtt.clientId server receiver auto-1\n"
	       "mqtt.version server sender $SYS/broker/version HiveMQ 4\n"
	       "done\n",
	       C("\x10\x0d\0\4MQTT\5\2\0\x3c\0\0\0"
		 "\x82\x1b\0\1\0\0\x15$SYS/broker/version/#\0"),
	       S("\x20\x11\0\0\x0e\x21\0\x14\x12\0\6auto-1\x24\1"
		 "\x30\x21\0\x13$SYS/broker/version\3\1\1\0HiveMQ 4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_named),
		cmocka_unit_test(brokers_are_versioned_to_who_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
