#include "tests/classify/dissect_test.h"

#include "dissect_fixture.h"

#include <string.h>

extern const struct dissector dissector_modbus, dissector_iso_tsap, dissector_enip, dissector_opcua, dissector_dnp3,
	dissector_fins, dissector_fox, dissector_codesys, dissector_iec104, dissector_hartip, dissector_bacnet,
	dissector_knx, dissector_coap;
extern const struct link_dissector profinet_link;

/* ---- Modbus ---- */

#define IDENTIFY   "\0\1\0\0\0\5\1\x2b\x0e\1\0"
#define IDENTIFIED "\0\1\0\0\0\x1f\1\x2b\x0e\1\1\0\0\3\0\5Acme \1\x08PM 5560 \2\4v2.5"

static void modbus_devices_identify_themselves(void **state)
{
	EXPECT(dissector_modbus, 502,
	       "service server sender mbap\n"
	       "modbus.device server sender model=PM 5560;vendor=Acme;code=PM 5560;firmware=v2.5\n",
	       C(IDENTIFY), S(IDENTIFIED));
	EXPECT(dissector_modbus, 1502,
	       "service server sender mbap\n"
	       "modbus.device server sender model=PM 5560;vendor=Acme;code=PM 5560;firmware=v2.5\n",
	       C(IDENTIFY), S(IDENTIFIED));
	EXPECT(dissector_modbus, 502, "service server sender mbap\nmodbus.serverId server sender LMB3.1.6\n",
	       C("\0\2\0\0\0\2\1\x11"), S("\0\2\0\0\0\x0d\1\x11\x0a\xb4\xffLMB3.1.6"));
	EXPECT(dissector_modbus, 502,
	       "service server sender mbap\n"
	       "modbus.device server sender vendor=Schneider Electric;model=140 CPU 311 10;kind=PLC\n",
	       C("\0\0\0\0\0\4\0\x5a\0\2"),
	       S("\0\0\0\0\0\x29\0\x5a\0\xfe\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0e"
		 "140 CPU 311 10"));
}

static void modbus_answers_fit_their_questions(void **state)
{
	EXPECT(dissector_modbus, 502, "service server sender mbap\n", C("\0\7\0\0\0\6\1\3\0\0\0\1"),
	       S("\0\7\0\0\0\3\1\x83\2"));
	EXPECT(dissector_modbus, 1502, "not\n", C("\0\7\0\0\0\6\1\3\0\0\0\1"), S("\0\x08\0\0\0\3\1\x83\2"));
	EXPECT(dissector_modbus, 1502, "not\n", C("\0\7\0\0\0\6\1\3\0\0\0\1"), S("\0\7\0\0\0\5\1\4\2\0\7"));
	EXPECT(dissector_modbus, 502, "not\n", C("\0\7\0\1\0\6\1\3\0\0\0\1"));
	EXPECT(dissector_modbus, 502, "not\n", C("\0\7\0\0\0\1\1\3\0\0\0\1"));
	EXPECT(dissector_modbus, 502, "not\n", C("\5\0\x0b\3\x10\0\0\0\x48\0\0\0"));
	/* fewer objects than were promised, and a length that leads out */
	EXPECT(dissector_modbus, 502, "service server sender mbap\nmodbus.device server sender vendor=Acme\n",
	       C(IDENTIFY), S("\0\1\0\0\0\x10\1\x2b\x0e\1\1\0\0\3\0\4Acme\1\x63"));
}

/* ---- ISO transport ---- */

#define CONNECT   "\3\0\0\x16\x11\xe0\0\0\0\1\0\xc1\2\1\0\xc2\2\1\2\xc0\1\x0a"
#define CONFIRM   "\3\0\0\x16\x11\xd0\0\1\0\2\0\xc1\2\1\0\xc2\2\1\2\xc0\1\x0a"
#define SZL(size) "\x32\7\0\0\0\1\0\x0c\0" size "\0\1\x12\x08\x12\x84\1\1\0\0\0\0\xff\x09\0"
#define RECORD_ONE             \
	"\0\1"                 \
	"6ES7 315-2EH14-0AB0 " \
	"\0\xc0\0\3\0\1"
#define RECORD_FIRM            \
	"\0\7"                 \
	"                    " \
	"\0\xc0V\3\2\6"

static void s7_modules_tell_their_order_number(void **state)
{
	EXPECT(dissector_iso_tsap, 102,
	       "service server sender iso-tsap\n"
	       "s7.device server sender vendor=Siemens;model=6ES7 315-2EH14-0AB0;firmware=V3.2.6\n"
	       "device.name server sender PLANT1\n"
	       "s7.device server sender vendor=Siemens;model=6ES7 315-2EH14-0AB0;firmware=V3.2.6;"
	       "type=CPU 315-2 PN/DP;serial=S C-X4U421302009\n",
	       C(CONNECT), S(CONFIRM),
	       S("\3\0\0\x61\2\xf0\x80" SZL("\x44") "\x40\0\x11\0\0\0\x1c\0\2" RECORD_ONE RECORD_FIRM),
	       S("\3\0\0\x8f\2\xf0\x80" SZL("\x72") "\x6e\0\x1c\0\0\0\x22\0\3"
						    "\0\1PLANT1                          "
						    "\0\7CPU 315-2 PN/DP                 "
						    "\0\5S C-X4U421302009                "));
	EXPECT(dissector_iso_tsap, 102,
	       "service server sender iso-tsap\n"
	       "s7.device server sender vendor=Siemens;model=6ES7 212-1BE40-0XB0;firmware=V4.2\n",
	       C(CONNECT), S(CONFIRM),
	       S("\3\0\0\x38\2\xf0\x80\x72\1\0\0\0\x15\0Run;6ES7 212-1BE40-0XB0;V4.2.\xa3xxxxxxxxxxxx"));
	/* a record of the wrong size, and an error instead of data */
	EXPECT(dissector_iso_tsap, 102, "service server sender iso-tsap\n", C(CONNECT), S(CONFIRM),
	       S("\3\0\0\x61\2\xf0\x80" SZL("\x44") "\x40\0\x11\0\0\0\x1b\0\2" RECORD_ONE RECORD_FIRM));
	EXPECT(dissector_iso_tsap, 102, "not\n", C("GET / HTTP/1.1\r\n"));
	EXPECT(dissector_iso_tsap, 1102, "not\n", C(CONNECT), S("\3\0\0\x0b\6\x80\0\0\0\0\0"));
}

static void mms_servers_identify_themselves(void **state)
{
	EXPECT(dissector_iso_tsap, 102,
	       "service server sender iso-tsap\nmms.device server sender vendor=Acme;model=IED 7;firmware=1.2\n",
	       C(CONNECT), S(CONFIRM),
	       S("\3\0\0\x2f\2\xf0\x80\1\0\1\0\x61\x22\x30\x20\2\1\3\xa0\x1b\xa1\x19\2\1\1\xa2\x14"
		 "\x80\4"
		 "Acme\x81\5IED 7\x82\3"
		 "1.2\x83\0"));
}

/* ---- EtherNet/IP ---- */

#define ENCAPSULATION(command, length) \
	command "\0" length "\0"       \
		"\0\0\0\0"             \
		"\0\0\0\0"             \
		"\0\0\0\0\0\0\0\0"     \
		"\0\0\0\0"
#define IDENTITY                                             \
	"\1\0\x0e\0\x36\0\x14\x0b\x60\x31\x1a\x06\x6c\0\x0a" \
	"1756-L55/A"

static void enip_devices_answer_lists(void **state)
{
	EXPECT_UDP(dissector_enip, 44818,
		   "service server sender EtherNet-IP-2\n"
		   "enip.device server sender vendor=Rockwell Automation;model=1756-L55/A;firmware=20.011;"
		   "serial=006c061a;kind=PLC;id=1/14/54\n",
		   C(ENCAPSULATION("\x63", "\0")),
		   S(ENCAPSULATION("\x63", "\x32") "\1\0\x0c\0\x2c\0\1\0\0\2\xaf\x12\xc0\0\2\1\0\0\0\0\0\0\0\0" IDENTITY
						   "\3"));
	EXPECT(dissector_enip, 44818,
	       "service server sender EtherNet-IP-2\n"
	       "enip.device server sender vendor=Rockwell Automation;model=1756-L55/A;firmware=20.011;"
	       "serial=006c061a;kind=PLC;id=1/14/54\n",
	       C(ENCAPSULATION("\x65", "\4") "\1\0\0\0"), S(ENCAPSULATION("\x65", "\4") "\1\0\0\0"),
	       C(ENCAPSULATION("\x6f", "\x16") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\6\0\1\2\x20\1\x24\1"),
	       S(ENCAPSULATION("\x6f", "\x2d") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x1d\0\x81\0\0\0" IDENTITY));
	/* of a module in the same rack; of a device behind another network */
	EXPECT(dissector_enip, 44818,
	       "service server sender EtherNet-IP-2\n"
	       "enip.device server sender vendor=Rockwell Automation;model=1756-L55/A;firmware=20.011;"
	       "serial=006c061a;kind=PLC;id=1/14/54\n",
	       C(ENCAPSULATION("\x6f", "\x24") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x14\0\x52\2\x20\6\x24\1\7\xf9\6\0"
					       "\1\2\x20\1\x24\1\1\0\1\0"),
	       S(ENCAPSULATION("\x6f", "\x2d") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x1d\0\x81\0\0\0" IDENTITY));
	EXPECT(dissector_enip, 44818, "service server sender EtherNet-IP-2\n",
	       C(ENCAPSULATION("\x6f", "\x24") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x14\0\x52\2\x20\6\x24\1\7\xf9\6\0"
					       "\1\2\x20\1\x24\1\1\0\2\7"),
	       S(ENCAPSULATION("\x6f", "\x2d") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x1d\0\x81\0\0\0" IDENTITY));
	/* nobody asked for the identity */
	EXPECT(dissector_enip, 44818, "service server sender EtherNet-IP-2\n",
	       C(ENCAPSULATION("\x65", "\4") "\1\0\0\0"),
	       S(ENCAPSULATION("\x6f", "\x2d") "\0\0\0\0\0\0\2\0\0\0\0\0\xb2\0\x1d\0\x81\0\0\0" IDENTITY));
	EXPECT(dissector_enip, 44818, "not\n", C("\x65\0\4\0\0\0\0\0\x99\0\0\0"));
	EXPECT(dissector_enip, 44818, "not\n", C("\x42\0\4\0"));
}

/* ---- OPC UA ---- */

#define CHANNEL           "\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"
#define ANSWERED          "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NONE              "\xff\xff\xff\xff"
#define APPLICATION(name) "\5\0\0\0urn:x\5\0\0\0urn:p\2" name "\0\0\0\0" NONE NONE "\0\0\0\0"

static void opcua_applications_describe_themselves(void **state)
{
	EXPECT(dissector_opcua, 4840,
	       "service server sender opcua-tcp\n"
	       "opcua.client client sender product=Test;uri=urn:x;productUri=urn:p\n"
	       "opcua.server server sender product=Gate;uri=urn:x;productUri=urn:p\n",
	       C("HELF\x20\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	       S("ACKF\x1c\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0"),
	       C("MSGF\x64\0\0\0" CHANNEL "\1\0\xcd\1"
		 "\0\0"
		 "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0" NONE "\0\0\0\0"
		 "\0\0\0" APPLICATION("\4\0\0\0Test")),
	       S("MSGF\x67\0\0\0" CHANNEL "\1\0\xaf\1" ANSWERED "\1\0\0\0" NONE APPLICATION("\4\0\0\0Gate")));
	EXPECT(dissector_opcua, 48010,
	       "service server sender opcua-tcp\n"
	       "opcua.server server sender vendor=Acme;product=Unit;version=1.2;build=7;productUri=u\n",
	       C("HELF\x20\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	       S("ACKF\x1c\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0"),
	       S("MSGF\x71\0\0\0" CHANNEL "\1\0\x7a\2" ANSWERED "\1\0\0\0"
		 "\1\x16\1\0\x54\1\1\x29\0\0\0"
		 "\1\0\0\0u\4\0\0\0Acme\4\0\0\0Unit\3\0\0\0"
		 "1.2\1\0\0\0"
		 "7\0\0\0\0\0\0\0\0....."));
	EXPECT(dissector_opcua, 4840, "not\n", C("HELX\x20\0\0\0"));
	EXPECT(dissector_opcua, 4840, "not\n", C("HELF\4\0\0\0"));
	EXPECT(dissector_opcua, 4840, "not\n", C("HELO example.org\r\n"));
}

/* ---- DNP3 ---- */

static uint16_t dnp3_crc(const uint8_t *p, size_t n)
{
	uint16_t crc = 0;
	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xa6bc) : (uint16_t)(crc >> 1);
	}
	return (uint16_t)~crc;
}

static void dnp3_frame(struct message *m, unsigned control, const void *data, size_t len)
{
	size_t begin = m->len;
	put_u16(m, 0x0564);
	put_u8(m, (unsigned)len + 5);
	put_u8(m, control);
	put_le16(m, 1);
	put_le16(m, 2);
	put_le16(m, dnp3_crc(m->data + begin, 8));
	for (const uint8_t *p = data; len;) {
		size_t n = len < 16 ? len : 16;
		put(m, p, n);
		put_le16(m, dnp3_crc(p, n));
		p += n;
		len -= n;
	}
}

static void dnp3_expect(const struct message *c, const struct message *s, const char *lines)
{
	struct step steps[] = {{FLOW_FORWARD, c->data, c->len, 0}, {FLOW_REVERSE, s->data, s->len, 0}};
	const struct talk talk = {.dissector = &dissector_dnp3, .steps = steps, .count = 2, .port = 20000};
	talk_expect(&talk, lines);
}

static void dnp3_outstations_tell_their_attributes(void **state)
{
	static const char answer[] = "\xc0\xc1\x81\0\0"
				     "\0\xfc\0\0\0\1\4Acme"
				     "\0\xfa\0\0\0\1\5RTU 7"
				     "\0\xf2\0\0\0\1\3"
				     "1.4"
				     "\0\xf8\0\0\0\1\4S123"
				     "\0\xf7\0\0\0\1\5Pump1";
	struct message c = {.len = 0}, s = {.len = 0}, broken;
	dnp3_frame(&c, 0xc4, "\xc0\xc1\1\0\xfe\0\0\0", 8);
	dnp3_frame(&s, 0x44, answer, sizeof answer - 1);
	dnp3_expect(&c, &s,
		    "service server sender dnp\n"
		    "device.name server sender Pump1\n"
		    "dnp3.device server sender vendor=Acme;model=RTU 7;firmware=1.4;serial=S123\n");
	broken = s;
	broken.data[20] ^= 1; /* a checksum no longer fits */
	dnp3_expect(&c, &broken, "service server sender dnp\n");
	broken = s;
	broken.data[8] ^= 1;
	dnp3_expect(&c, &broken, "");
}

/* ---- others ---- */

static void fins_controllers_tell_model_and_version(void **state)
{
	EXPECT_UDP(dissector_fins, 9600,
		   "service server sender omron-fins\n"
		   "fins.device server sender vendor=Omron;model=CP1L-EL20DR-D;firmware=01.00;kind=PLC\n",
		   C("\x80\0\2\0\1\0\0\2\0\1\5\1\0"),
		   S("\xc0\0\2\0\2\0\0\1\0\1\5\1\0\0"
		     "CP1L-EL20DR-D       "
		     "01.00               "
		     "more"));
	EXPECT(dissector_fins, 9600, "service server sender omron-fins\n", C("FINS\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0"),
	       S("FINS\0\0\0\x10\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\2"));
	EXPECT_UDP(dissector_fins, 9600, "service server sender omron-fins\n", C("\x80\0\2\0\1\0\0\2\0\1\5\1\0"),
		   S("\xc0\0\2\0\2\0\0\1\0\1\5\1\x22\1"
		     "CP1L-EL20DR-D       "
		     "01.00               "));
	EXPECT_UDP(dissector_fins, 9600, "", C("\x80\1\2\0\1\0\0\2\0\1\5\1\0"));
	EXPECT_UDP(dissector_fins, 9601, "", C("\x80\0\2\0\1\0\0\2\0\1\5\1\0"));
}

static void fox_names_host_and_versions(void **state)
{
	EXPECT(dissector_fox, 1911,
	       "device.name client sender ws9\n"
	       "fox.station client sender vendor=Tridium;product=Workbench;version=3.8.1\n"
	       "service server sender niagara-fox\n"
	       "device.name server sender jace1\n"
	       "fox.station server sender vendor=Tridium;product=Station;version=3.8.1;os=QNX;osVersion=6.4;vm=J9\n"
	       "done\n",
	       C("fox a 1 -1 fox "
		 "hello\n{\nfox.version=s:1.0\nhostName=s:ws9\napp.name=s:Workbench\napp.version=s:3.8.1\n};;\n"),
	       S("fox a 0 -1 fox hello\n{\nvm.name=s:J9\nhostName=s:jace1\nhostAddress=s:10.0.0.1\napp.name=s:Station\n"
		 "app.version=s:3.8.1\nos.name=s:QNX\nos.version=s:6.4\n};;\n"));
	EXPECT(dissector_fox, 1911, "not\n", C("fox b 1 -1 fox hello\n"));
}

static void codesys_controllers_name_themselves(void **state)
{
	struct message s = {.len = 0};
	put_hex(&s, "bbbb9c000000");
	put_zero(&s, 58);
	put(&s, "Nucleus PLUS\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	put(&s, "Nucleus PLUS version 1.14\0\0\0\0\0\0", 32);
	put(&s, "WAGO 750-841\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	put_zero(&s, 2);
	struct step steps[] = {{FLOW_FORWARD, "\xbb\xbb\1\0\0\0\1", 7, 0}, {FLOW_REVERSE, s.data, s.len, 0}};
	const struct talk talk = {.dissector = &dissector_codesys, .steps = steps, .count = 2, .port = 2455};
	talk_expect(&talk, "service server sender codesys\n"
			   "codesys.device server sender model=WAGO 750-841;os=Nucleus PLUS;osVersion=Nucleus PLUS "
			   "version 1.14\n");
	EXPECT(dissector_codesys, 2455, "not\n", C("\xbb\xba\1\0\0\0\1"));
}

static void iec104_and_hart_servers_are_told(void **state)
{
	EXPECT(dissector_iec104, 2404, "service server sender iec-104\ndone\n", C("\x68\4\7\0\0\0"),
	       S("\x68\4\x0b\0\0\0"));
	EXPECT(dissector_iec104, 2405, "service server sender iec-104\ndone\n", C("\x68\4\7\0\0\0"),
	       S("\x68\4\x0b\0\0\0"));
	EXPECT(dissector_iec104, 2404, "not\n", C("\x68\4\7\0\1\0"));
	EXPECT(dissector_iec104, 2404, "not\n", C("\x68\3\7\0\0\0"));
	EXPECT(dissector_hartip, 5094,
	       "service server sender hart-ip\n"
	       "device.name server sender wihartgw\n"
	       "hart.device server sender serial=010255;type=26b0;revision=1\n",
	       C("\1\0\0\0\0\1\0\x0d\1\0\0\xea\x60"), S("\1\1\0\0\0\1\0\x0d\1\0\0\xea\x60"),
	       S("\1\1\3\0\0\2\0\x18\6\x80\x14\x0b\0\0wihartgw\0\x55"),
	       S("\1\1\3\0\0\3\0\x1b\6\x80\0\x0e\0\0\xfe\x26\xb0\5\7\x09\1\1\x0c\1\2\x55\0"));
	EXPECT(dissector_hartip, 5094, "not\n", C("\1\0\7\0\0\1\0\x0d"));
}

static void knx_and_coap_servers_are_told(void **state)
{
	EXPECT_UDP(dissector_knx, 3671,
		   "service server sender efcp\n"
		   "knx.device server sender model=IP Router N146;serial=00c501020304\n",
		   C("\6\x10\2\3\0\x0e\x08\1\xc0\0\2\1\x0e\x57"),
		   S("\6\x10\2\4\0\x3c\x36\1\2\0\x11\x05\0\0\0\xc5\1\2\3\4\xe0\0\x17\x0c\0\x0e\x8c\0\1\2"
		     "IP Router N146\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_knx, 3671, "", C("\6\x10\2\3\0\x0f\x08\1\xc0\0\2\1\x0e\x57"));
	EXPECT_UDP(dissector_coap, 5683, "service server sender coap\n", C("\x40\1\0\1\xbb.well-known\4core"),
		   S("\x60\x45\0\1\xc1\x28\xff<>"));
	EXPECT_UDP(dissector_coap, 5683, "", C("\x40\1\0\1\xff"));
	EXPECT_UDP(dissector_coap, 5684, "", C("\x40\1\0\1\xbb.well-known\4core"));
}

#define NPDU "\1\0"

static void bacnet_devices_tell_their_properties(void **state)
{
	EXPECT_UDP(dissector_bacnet, 47808,
		   "service server sender bacnet\n"
		   "device.name server sender AHU-1\n"
		   "bacnet.device server sender vendor=Acme;model=M7;firmware=1.9;application=3.0\n",
		   S("\x81\x0a\0\x41" NPDU
		     "\x30\1\x0e\x0c\2\0\0\7\x1e\x29\x4d\x4e\x75\6\0AHU-1\x4f\x29\x79\x4e\x75\5\0Acme\x4f"
		     "\x29\x46\x4e\x73\0M7\x4f\x29\x2c\x4e\x74\0"
		     "1.9\x4f\x29\x0c\x4e\x74\0"
		     "3.0\x4f\x1f"));
	EXPECT_UDP(dissector_bacnet, 47808,
		   "service server sender bacnet\nbacnet.device server sender vendor=Acme;model=M7\n",
		   S("\x81\x0a\0\x19" NPDU "\x30\1\x0c\x0c\2\0\0\7\x19\x79\x3e\x75\5\0Acme\x3f"),
		   S("\x81\x0a\0\x16" NPDU "\x30\1\x0c\x0c\2\0\0\7\x19\x46\x3e\x73\0M7\x3f"));
	EXPECT_UDP(dissector_bacnet, 47808,
		   "service server sender bacnet\nbacnet.device server sender vendorId=24;instance=7\n",
		   S("\x81\x0b\0\x14" NPDU "\x10\0\xc4\2\0\0\7\x22\5\xc4\x91\3\x21\x18"));
	/* not of a device; from behind a router; a length that does not fit */
	EXPECT_UDP(dissector_bacnet, 47808, "service server sender bacnet\n",
		   S("\x81\x0a\0\x19" NPDU "\x30\1\x0c\x0c\0\0\0\7\x19\x4d\x3e\x75\5\0Acme\x3f"));
	EXPECT_UDP(dissector_bacnet, 47808, "",
		   S("\x81\x0a\0\x1a"
		     "\1\x08\0\5\1\x0c\x30\1\x0c\x0c\2\0\0\7\x19\x4d\x3e\x73\0M7\x3f"));
	EXPECT_UDP(dissector_bacnet, 47808, "", C("\x81\x0b\0\x15" NPDU "\x10\0\xc4\2\0\0\7\x22\5\xc4\x91\3\x21\x18"));
}

static void profinet_stations_are_named(void **state)
{
	static struct fixture f;
	static const char answer[] = "\xfe\xff\5\1\0\0\0\1\0\0\0\x36"
				     "\2\2\0\x07\0\0pump1\0"
				     "\2\1\0\x09\0\0S7-1200\0"
				     "\2\3\0\6\0\0\0\x2a\1\x0d"
				     "\1\2\0\x0e\0\1\xc0\0\2\7\xff\xff\xff\0\0\0\0\0";
	fixture_init(&f, NULL, 6, 0);
	f.packet.ethertype = 0x8892;
	f.packet.flags |= PACKET_HAS_MAC;
	assert_true(fixture_frame(&f, &profinet_link, answer, sizeof answer - 1));
	assert_true(fixture_has(&f, "device.name sender pump1"));
	assert_true(fixture_has(&f, "profinet.device sender vendor=Siemens;model=S7-1200;id=002a/010d"));
	assert_true(fixture_has(&f, "bound arp 02:00:00:00:00:10 192.0.2.7"));
	fixture_clear(&f);
	f.packet.ethertype = 0x8892;
	assert_true(fixture_frame(&f, &profinet_link, "\xfe\xfe\5\0\0\0\0\1\0\1\0\4\xff\xff\0\0", 16));
	assert_int_equal(f.count, 0);
	f.packet.ethertype = 0x88cc;
	assert_false(fixture_frame(&f, &profinet_link, answer, sizeof answer - 1));
	f.packet.ethertype = 0x8892;
	fixture_cut_frames(&f, &profinet_link, answer, sizeof answer - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modbus_devices_identify_themselves),
		cmocka_unit_test(modbus_answers_fit_their_questions),
		cmocka_unit_test(s7_modules_tell_their_order_number),
		cmocka_unit_test(mms_servers_identify_themselves),
		cmocka_unit_test(enip_devices_answer_lists),
		cmocka_unit_test(opcua_applications_describe_themselves),
		cmocka_unit_test(dnp3_outstations_tell_their_attributes),
		cmocka_unit_test(fins_controllers_tell_model_and_version),
		cmocka_unit_test(fox_names_host_and_versions),
		cmocka_unit_test(codesys_controllers_name_themselves),
		cmocka_unit_test(iec104_and_hart_servers_are_told),
		cmocka_unit_test(knx_and_coap_servers_are_told),
		cmocka_unit_test(bacnet_devices_tell_their_properties),
		cmocka_unit_test(profinet_stations_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
