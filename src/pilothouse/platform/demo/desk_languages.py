"""What customers of Fjordline ask in German, Japanese and Arabic, and what the agent answers."""

# ruff: noqa: E501 - a wide script counts double, and its signs are meant

from __future__ import annotations

from pilothouse.platform.demo.desk_script import Call, Scenario, Turn, get_order, policies

IN_OTHER_LANGUAGES: tuple[Scenario, ...] = (
    Scenario(
        weight=3,
        language="de",
        tags=("returns", "web", "lang:de"),
        turns=(
            Turn(
                user="Guten Tag, ich möchte den Rucksack aus Bestellung $order zurückgeben, der "
                "Hüftgurt drückt. Was kostet mich die Rücksendung nach Österreich?",
                rounds=(
                    (
                        get_order(delivered_at="$delivered"),
                        policies(
                            "Rücksendung Kosten Österreich",
                            ("return-window", 0.91),
                            ("refund-times", 0.55),
                        ),
                    ),
                    (
                        Call(
                            name="create_return",
                            arguments={
                                "order_id": "$order",
                                "sku": "$sku",
                                "reason": "does_not_fit",
                            },
                            result={"return_id": "$ticket", "label_eur": 6},
                            slow=True,
                        ),
                    ),
                ),
                answer="Guten Tag! Sie können den Rucksack innerhalb von 30 Tagen zurückschicken; "
                "das Etikett kostet außerhalb der nordischen Länder 6 Euro [1]. Die Rücksendung "
                "**$ticket** ist angelegt, das Etikett liegt in Ihrem Postfach.",
            ),
            Turn(
                user="Wie lange dauert es, bis das Geld wieder auf meinem Konto ist?",
                answer="Zwei Werktage, nachdem das Paket bei uns eingetroffen ist, dazu drei bis "
                "fünf Tage für Ihre Bank.",
            ),
        ),
    ),
    Scenario(
        weight=3,
        language="ja",
        tags=("returns", "app", "lang:ja"),
        turns=(
            Turn(
                user="返品したいのですが、送料はどちらの負担になりますか。注文番号は$orderです。",
                rounds=(
                    (
                        get_order(delivered_at="$delivered"),
                        policies("返品 送料", ("return-window", 0.88), ("opened-items", 0.6)),
                    ),
                ),
                answer="お届けから30日以内で未使用であれば返品いただけます[1]。北欧以外からの返送ラベルは"
                "6ユーロのご負担となります。手続きを進めてもよろしいでしょうか。",
            ),
            Turn(
                user="はい、お願いします。寝袋は一度も使っていません。",
                rounds=(
                    (
                        Call(
                            name="create_return",
                            arguments={
                                "order_id": "$order",
                                "sku": "$sku",
                                "reason": "changed_mind",
                            },
                            result={"return_id": "$ticket", "label_eur": 6},
                            slow=True,
                        ),
                    ),
                ),
                answer="返品番号 **$ticket** で受け付けました。ラベルをメールでお送りしましたので、タグを"
                "付けたままご返送ください。到着後2営業日以内に返金いたします。",
            ),
        ),
    ),
    Scenario(
        weight=3,
        language="ar",
        tags=("delivery", "app", "lang:ar"),
        turns=(
            Turn(
                user="مرحباً، أين طلبي رقم $order؟ كان من المفترض أن يصل أمس.",
                rounds=(
                    (get_order("shipped", shipped_at="$delivered"),),
                    (
                        Call(
                            name="track_parcel",
                            arguments={"order_id": "$order", "carrier": "$carrier"},
                            result={
                                "last_scan": "$city hub",
                                "status": "delayed",
                                "new_eta": "$eta",
                            },
                            slow=True,
                        ),
                    ),
                ),
                answer="أهلاً بك. تأخّر طردك في مركز الفرز، وآخر مسح له كان بتاريخ $delivered. الموعد "
                "الجديد للتسليم هو $eta. إذا لم يصل حتى ذلك اليوم فاكتب لنا وسنرسل لك بديلاً مجاناً.",
            ),
            Turn(
                user="هل يمكن تسليمه إلى عنوان عملي بدلاً من المنزل؟",
                rounds=((policies("تغيير عنوان التسليم", ("address-change", 0.84)),),),
                answer="الطرد الآن لدى شركة الشحن [1]، لذلك يمكنك تغيير العنوان بنفسك من رابط التتبّع.",
            ),
        ),
    ),
)
