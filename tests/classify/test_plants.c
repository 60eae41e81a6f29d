/* Controllers, meters and robots. */
#include "dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_dlms, dissector_melsec, dissector_pcworx, dissector_proconos, dissector_rtps;

static void factories(void **state)
{
	EXPECT(dissector_melsec, 5007,
	       "service server sender slmp\n"
	       "melsec.device server sender vendor=Mitsubishi Electric;model=Q03UDECPU;kind=PLC\n",
	       C("P\000\000\377\377\003\000\006\000\020\000\001\001\000\000"),
	       S("\320\000\000\377\377\003\000\024\000\000\000Q03UDECPU       h\002"));
	EXPECT_UDP(dissector_melsec, 5006,
		   "service server sender slmp\n"
		   "melsec.device server sender vendor=Mitsubishi Electric;model=R04CPU;kind=PLC\n",
		   C("T\000\001\000\000\000\000\377\377\003\000\006\000\020\000\001\001\000\000"),
		   S("\324\000\001\000\000\000\000\377\377\003\000\024\000\000\000R04CPU       "
		     "   \000H"));
	EXPECT(dissector_melsec, 5007, "service server sender slmp\n",
	       C("P\000\000\377\377\003\000\006\000\020\000\001\001\000\000"),
	       S("\320\000\000\377\377\003\000\013\000Y\300\000\377\377\003\000\001\001\000"
		 "\000"));
	EXPECT(dissector_melsec, 5007, "not\n", C("PUT / HTTP/1.1\015\012"));
	EXPECT(dissector_pcworx, 1962,
	       "service server sender pcworx\n"
	       "pcworx.device server sender vendor=Phoenix Contact;model=ILC 330 "
	       "ETH;number=2737193;firmware=3.95T;kind=PLC\n",
	       C("\001\001\000\032\000^\000\000\000\000\000\003\000\014IBETH01N0_M\000"),
	       S("\201\001\000\024\000\000\000\000\000\000\000\000\000\000\000\000\0005\000"
		 "\000"),
	       C("\001\006\000\016\000\002\000\000\000\000\0005\004\000"),
	       S("\201\006\000\310\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000ILC 330 ETH\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\0003.95T\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\0002737193\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000"));
	EXPECT(dissector_proconos, 20547,
	       "service server sender proconos\n"
	       "proconos.device server sender product=ProConOS;version=3.0.1040;model=ADAM5510KW 1.24 Build "
	       "005;kind=PLC\n"
	       "done\n",
	       C("\314\001\000\013@\002\000\000G\356"),
	       S("\314\001\000\224\000\000\000\000\000\000\000\000ProConOS V3.0.1040 Oct 29"
		 " 2002\000\000ADAM5510KW 1.24 Build 005\000\000\000\000\000\000\000\0006\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000"));
}

static void meters(void **state)
{
	EXPECT(dissector_dlms, 4059,
	       "service server sender dlms-cosem\n"
	       "dlms.meter server sender vendor=Landis+Gyr;kind=meter\n",
	       C("\000\001\000\020\000\001\000\037`\035\241\011\006\007`\205t\005\010\001\001"
		 "\276\020\004\016\001\000\000\000\006_\037\004\000\000~\037\377\377"),
	       S("\000\001\000\001\000\020\0007a5\241\011\006\007`\205t\005\010\001\001\242"
		 "\003\002\001\000\243\005\241\003\002\001\000\244\012\004\010LGZ\000\001\002"
		 "\003\004\276\020\004\016\010\000\006_\037\004\000\000~\037\004\260\000\007"));
	EXPECT_UDP(dissector_dlms, 4059,
		   "service server sender dlms-cosem\n"
		   "dlms.meter server sender vendor=Iskraemeco;serial=1030770123456;kind=meter\n",
		   C("\000\001\000\020\000\001\000\015\300\001\301\000\001\000\000*\000\000\377"
		     "\002\000"),
		   S("\000\001\000\001\000\020\000\026\304\001\301\000\011\020ISK1030770123456"));
}

static void robots(void **state)
{
	EXPECT_UDP(dissector_rtps, 7400,
		   "device.name client sender robot-4\n"
		   "rtps.participant client sender product=RTI Connext DDS;vendor=RTI;version=6.1.2\n",
		   C("RTPS\002\003\001\001\001\002\003\004\005\006\007\010\011\012\013\014\011\001"
		     "\010\000\000\000\000\000\000\000\000\000\025\005T\000\000\000\020\000\000"
		     "\000\000\000\000\001\000\302\000\000\000\000\001\000\000\000\000\003\000\000"
		     "\000\200\004\000\006\001\002\003Y\000,\000\001\000\000\000\026\000\000\000"
		     "dds.sys_info.hostname\000\000\000\010\000\000\000robot-4\000\001\000\000\000"));
	EXPECT_UDP(dissector_rtps, 7400, "rtps.participant client sender product=Fast DDS;vendor=eProsima\n",
		   C("RTPS\002\003\001\017\001\002\003\004\005\006\007\010\011\012\013\014\011\001"
		     "\010\000\000\000\000\000\000\000\000\000\025\005$\000\000\000\020\000\000"
		     "\000\000\000\000\001\000\302\000\000\000\000\001\000\000\000\000\003\000\000"
		     "\025\000\004\000\002\003\000\000\001\000\000\000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(factories),
		cmocka_unit_test(meters),
		cmocka_unit_test(robots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
