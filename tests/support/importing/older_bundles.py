"""Bundles that a release wrote in which packaging files did not count: they carry none of these files.

By layout: the pinned source, and the bundle's bytes in base 85.
`tests/bundles/test_packaging_files.py` lists their files.
"""

from __future__ import annotations

import base64

_BUNDLES = {
    "src layout": (
        "mypkg.step.A@f916f078dc15fff751b563465d3f56291e51cda3",
        "BOrD&AZKZGAYyfHWNc*$KyPAdWn*+LW^ZzBVRSunXkjr5KxS!dbY*fqbaG{7Ixq@mIWab7FgG}4V=*;mW@a}vF=90~Gc-0eWHV+p"
        "HZnOeWi>HlWMMNPa%E<7FM4HeZEP)YX>KoOIWab7FgG}4V=*;mW@a}vF=90~Gc-0eWHV+pHZnOeWi>HlWMMN33Q$2qO8@`>0ssI2"
        "2bl_Z+Lg;e3c@fD1<-v?F?&HWlQ?ZbME71|Ountqm=dCRe7%Bi|9S&xN<lI_gl|bSM;W3_8cYX8<Z(POTf76#UVW*JF4^c>-&iey"
        "j+X6=kCko3zP9;9tn7no^qzM9$E8}zqj&s2ol#osIm3Mcy?8OzpaOW>Gcf=Hh1|-5>~w~+k*8MdVr|fvXuRkDuSC~b8oq670mO?9"
        "ou~wO+A}mTFf%bxD5xwb%FjwoF3~H=&&^?Yt<U(b^tPv&`Ic>KB<4O2Vl!HM*u($`6pD+I8D>w*+4xC(@z$yxvvZnUY*|vYs+0iZ"
        "TO3BO26);tG%zqTF;R$*&&<m#iI3MSsAPCH_tET47q2;ccWbUIkGgT_Nl)-ZLx{4B)SQCUB9NlM1EM|QOa)i2+j@Uik3Bp4$@c5+"
        "P({ThsRbY<w*#*KZN6Ek{9xe+ivxF-B^yn4-3|Z}gfQzic-r$*uvIYT0ssU)0SUANc-l)V%Fk8Ett`k+*UL!FDM&3+$jmLsFDg;+"
        "<Kp5<&PgmTR&cc9QUHRo#GKMp1zVs50NO<mA24{@0{{R300H)gmEpVo?<j9Mvxr-Zh!SC;6y*",
    ),
    "below the root": (
        "mypkg.step.A@7c7e79ce5fd7939b065983a67335b6a04b0347ee",
        "BOrD&AZKZGAYyfHWNc*$KyPAdWn*+LW^ZzBVRSunXkjr5KxS!dbY*fqbaG{7Ixq@1V>e|tIb&rtW@I-xGdW@~HZ?goGhsG2Gcz?}"
        "HeoO{VlXo_H)UlYa%E<7FM4HeZEP)YX>Kn!V>e|tIb&rtW@I-xGdW@~HZ?goGhsG2Gcz?}HeoO{VlXo_H)UlC3Q$2qO8@`>0ssI2"
        "2AK+Y+Lg>f3c@fDM&W%<F?&HKNf}cR(S0v5Nq$?QF(pLt`0W*Z`|tGzkW-A79Y@VFu=5-fp23fD36cjNkbrC@8vXR8HhN^GseZ9)"
        "0$nxh9X~DGigRuAjjUMqa-5h>d}LBB<<&d>mqsZq`krBS1O_r*s0Mi2Gcf=Hg`CVJhJu5>s_MtTnK5;J<JlvyhwI(-*)L4MvbmK7"
        "+35^tBTuc^#oC}T(Rk1QUx}`>G<@6E8X6dwnV2XPR2CHFXQd{W=#}K><}fG*d~p+6yye5!Z^vJ}k2|?gs>2`!0ETTWv9AVr+A}mT"
        "Ff%bxh>y?A%PfhH*DI)GcsBRZ>`fQ1IeT|&t}Bnaap*};@I*t1vW(Q6g480AqQC>9J>g6RSFYQ7e^!q@JNwD@>+VoR#U-f)ASJg0"
        "uK#VmS*ZMA;RlNYca|j^O?KT501|{S>o$1W^HZ=@Fy;aP1U>-?v;%nBODoFHRmiO@$WGVGNX;ooEmFwLEyyn_QSjs9;!4g*EG|}X"
        "wBk|#g0jS%(o_XopacNgMGzk_c-jL100001j)%#iLx`?-AG@puJf#E*%YCSR",
    ),
    "by its path": (
        "lib.mypkg.step.A@5455dae6d4d00f244012d0d20f18a9de0a878b8a",
        "BOrD&AZKZGAYyfHWNc*$KyPAdWn*+LW^ZzBVRSunXkjr5KxS!dbY*fqbaG{7Ixq?~G&MD3VP!UCG-NO^W->H1FflS@Fk~_?W-&Nn"
        "Ib>xpVK_H9VmM(Sa%E<7FM4HeZEP)YX>KnyG&MD3VP!UCG-NO^W->H1FflS@Fk~_?W-&NnIb>xpVK_H9VmM(63Q$2qO8@`>0ssI2"
        "2bl_Z+Lg;e4#FT11<*aGn7xS^1SurO=-x~Gfw46y(hxKrU$5ZXztL66O*X~gWQrcyMKJpiq=*#(g!P_cD*1RYc#WlXx)#u_y>&%a"
        "I-%gAAJlEtee3g?Y_RM?@XWO1ACp_Hk1_QBX+U|wb5`>O|IIRCuLgM9Gc+(TGci$!kI&4@EQycTE2w06Huur&O&6~@dv|NDE04Ny"
        "=t)oTL_>(OjMSWh)FP0gzyqQ^;Y<ZruG@NlR*yY9`^om}?odU=C8-4<CB@ajTb_Qu<<T=IM|V5_26@HxW$6I^TQ1|M1bEsrF#rOE"
        "oXjMKxL`p$U8bW_yk#F5E``q9c>DjeG(!UeGZPbqg35xT{H)aE61|fA+#CkQfG=)Bi?@9E`tA6O_i-l|N_7~d006b$9uA-ac-k{D"
        "00M>F%7W~429;HJ*9GM9YtLNaSg|a%GOU)pc`pF6Tnr{Qc-r$*uvIYT0ssU)0SUMRc-l)V%Fk8E$xPDAtt`k+*UL!FDM&3+$jmLs"
        "FDg;+<Kp5<&PgmTR&cc9QUHRo#GKMp1zVs504ER;gfMv80{{R300C|-e-O0`QQWl0BG<^uJKF&7o5B",
    ),
    "no project": (
        "mypkg.step.A@676231e4d28cf753f27a6a03218609f35555c5a1",
        "BOrD&AZKZGAYyfHWNc*$KyPAdWn*+LW^ZzBVRSunXkjr5KxS!dbY*fqbaG{7Ixq@0H#RaeF=aGlGB{&qH#IY6GB;s1VK6f?F*r6b"
        "Ic768H8nM3HDNIza%E<7FM4HeZEP)YX>KnzH#RaeF=aGlGB{&qH#IY6GB;s1VK6f?F*r6bIc768H8nM3HDNId3Q$2qO8@`>0ssI2"
        "2AK+Y+Lg;q3c@fD2GD&@F?&HKZGJ&S_g-R>d})Q&NQmO`^$NcI8yz6)osAw^=fc6dx%z65qMHiRWD=){7(%E@USn;Yu0`n9-q<9A"
        "PEzE8kL=G4$JUoKX{UL1&M?z~e^hS!ejfw>PbHLBc`Q(0<MT2npagi@Gcf=Hh1|-5>~w~+k*8MdVr|fvXuRkDuSC~b8oq67O~CRc"
        "`T04;3^GdtS&A$7TzH~w!MWpg?F7G?dm8{Mh8oDP26);tG%zqTF;R$*&&<m#iI3MSsAPCH_tET47q2;ccWbUIkGgT_Nl)-ZLx{4B"
        ")SQCUB9NlM1EM|QOa)i2+j@Uik3Bp4$@c5+P({ThsRbY<w*#*KZN6Ek{9xe+ivxF-B^yn4-3|Z}gfQzic-r$*uvIYT0ssU)0SUAN"
        "c-l)V%Fk8Ett`k+*UL!FDM&3+$jmLsFDg;+<Kp5<&PgmTR&cc9QUHRo#GKMp1zVs50NO<mA24{@0{{R3009ErLiy#kEzPCFdjflr"
        "<?)%G6ny",
    ),
}
OLDER_BUNDLES = {name: (source, base64.b85decode(text)) for name, (source, text) in _BUNDLES.items()}
