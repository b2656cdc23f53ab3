-- Whoever agrees has read something: the texts of the terms and of the privacy notice stand beside
-- their versions, in the policy that people consent to. An association proposes its own as the next
-- version of that policy; what somebody agreed to stays readable by its version.
INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
SELECT 'consent_documents', 2, '2026-01-01',
    jsonb_build_object(
        'terms', '2026-01', 'privacy', '2026-01',
        'terms_zh', $text$技术服务平台服务条款（2026-01）

一、平台是什么。本平台由职工技术协会运营，供企业提出技术需求、协会会员单位发布咨询、服务、培训、转让四类技术项目，双方在平台上订立合同、验收成果、结算款项。协会提供平台和登记服务；合同由企业与服务单位订立，除合同写明外，协会不是合同当事人。

二、谁可以使用。企业和单位须以真实名称和统一社会信用代码登记，并经核验。个人以本人名义登录，只在其单位授予的职责范围内办理业务。密码、验证码和接口密钥由本人保管，不得转借；发现泄露应立即更改或吊销。

三、发布的内容。发布人对项目、需求、报价和附件的真实性及权利负责，不得发布他人未许可的技术、涉密信息或违法内容。转让项目须附权利证明和权利人同意。

四、密封报价。截止前任何人不得查看或打探密封报价。与报价单位有利害关系的人不得参与评审、授标和投诉处理。

五、合同与签署。平台按签署时的文本计算校验值，签署后文本不再更改。签署人应有权代表其单位；须两人办理的事项，同一人不得兼办。

六、款项。请款、收款、冲减、退款均在平台留有凭证。付款应使用请款单载明的账户和付款码。收款以银行流水或支付机构的结算记录为准。发票由服务单位依法开具。

七、评价与投诉。评价应当属实。对授标有异议的，可在公示期内投诉，由有权人员答复，答复期限由平台提示。

八、记录。平台上的每项办理都留有记录，用于核对、审计和争议处理，记录不因账户注销而删除，但不含注销后的个人身份信息。

九、暂停与终止。有冒用身份、泄露密封报价、伪造凭证等行为的，协会可以暂停其使用，并说明理由。账户停用不影响已订立的合同和已发生的款项。

十、变更与争议。条款变更前另行公布新版本，生效后须重新同意。因使用平台发生的争议先行协商；协商不成的，依法向协会所在地人民法院起诉。$text$,
        'terms_en', $text$Terms of the technology services market (2026-01)

1. What it is. A workers' technical association runs this market. Enterprises state what they need, member units of the association offer consulting, services, training and transfers of technology, and both make contracts, accept work and settle money here. The association provides the market and its registers; a contract is between the enterprise and the unit, and the association is no party to it unless the contract says so.

2. Who uses it. Enterprises and units register under their true names and unified social credit codes, and are verified. A person signs in as himself and acts only within the roles that his organisation gave him. Passwords, codes and API keys stay with their owner and are not lent; one that became known is changed or revoked at once.

3. What is published. Whoever publishes an offering, a request, a proposal or an attachment answers for its truth and for the rights to it. Nothing is published that belongs to others without their leave, is secret, or is against the law. A transfer carries proof of the right and its owner's consent.

4. Sealed proposals. Before the deadline nobody reads a sealed proposal or seeks to learn of it. Whoever has an interest in a bidder neither judges, awards nor answers complaints.

5. Contracts and signatures. The market computes a checksum of the text that is signed, and the text does not change afterwards. A signatory has the power to bind his organisation; what takes two people is not done by one.

6. Money. Invoices, receipts, credit notes and refunds leave vouchers here. Payments go to the account and carry the payment code that the invoice names. What was received is what the bank's statement or the payment provider's settlement says. The unit issues fapiao as the law asks.

7. Reviews and complaints. Reviews are true. An award may be complained about during its standstill; somebody entitled answers, within the time that the market shows.

8. Records. Every act leaves a record for reconciliation, audit and disputes. Closing an account does not delete it, but it then holds nothing that identifies the person.

9. Suspension. For a false identity, leaking a sealed proposal, forged evidence and the like, the association may suspend the use of the market and says why. Contracts made and money due are not touched by that.

10. Changes and disputes. A new version is published before it takes effect, and is agreed to anew. Disputes over the use of the market are first talked over; failing that, they go to the court at the association's seat. The Chinese text prevails.$text$,
        'privacy_zh', $text$个人信息保护规则（2026-01）

一、处理者。运营本平台的职工技术协会是个人信息处理者，联系方式见平台公布的信息。您与所属单位的关系由该单位登记。

二、处理哪些信息。账户：姓名、邮箱、语言，以及您自愿填写的电话；登录：密码的校验值、第二验证因素、登录时间；履职：所属单位、职责及其起止、您办理的事项；会员：会员编号、资质证书，以及您同意公开的专家页面；培训：参训名单中的姓名和证书；签署：您签署的文本及时间。平台不收集与上述目的无关的信息。

三、目的与依据。用于订立和履行合同、核对款项、履行会计和税务等法定义务，以及您单独同意的公开展示。

四、告知与提醒。与您办理的事项有关的邮件发往登记的邮箱；提醒的频率可以在设置中选择，与安全有关的通知不能关闭。

五、向谁提供。合同对方、您所属单位和上级单位中有相应职责的人员，在办理所需范围内可见；网上支付时，付款由您所选的支付机构处理，平台不保存卡号。除法律规定外，不向他人提供。

六、保存多久。账户信息保存至注销。合同、凭证和会计资料按会计档案管理的规定保存。办理记录只用编号，不含姓名等信息。

七、您的权利。您可以随时查阅和更正本人资料，查看已作出的同意，撤回专家页面等单独同意，要求复制，并可注销账户：注销后姓名、邮箱、电话等即从平台删除，依法须保存的合同文本除外。

八、安全。传输加密；密码只保存不可还原的校验值；权限按职责分配，并由数据库再次核对；重要事项由两人办理。发生泄露时，将依法通知您并报告主管部门。

九、未成年人。平台面向有职责的成年人，不收集未成年人信息。

十、变更。规则变更会公布新版本，并请您重新同意。对处理有异议的，可联系协会，也可向履行个人信息保护职责的部门投诉。$text$,
        'privacy_en', $text$Privacy notice (2026-01)

1. Who is responsible. The workers' technical association that runs this market handles your data; how to reach it is published with the market. Your organisation says how you belong to it.

2. Which data. Account: name, e-mail address, language, and a telephone number if you give one. Signing in: a hash of the password, the second factor, times. Duties: your organisations, your roles and their dates, what you did. Members: number, qualifications, and a public page if you agree to one. Training: names on the list of those who attend, and certificates. Signing: the texts you signed, and when. Nothing beyond these purposes is collected.

3. Why, and on what ground. To make and perform contracts, to reconcile money, to meet duties of law such as bookkeeping and tax, and, by your separate consent, to show you publicly.

4. Notices. Letters about what you act in go to your address; how often is yours to set, but notices of security cannot be turned off.

5. Who receives them. The other side of a contract, and people of your organisation and of those above it whose roles need it, as far as they need it. Paying online is handled by the payment provider that you choose; the market keeps no card number. Nobody else, unless the law demands it.

6. How long. Account data until the account is closed. Contracts, vouchers and books as long as the rules on accounting archives demand. The log of acts holds ids, no names.

7. Your rights. At any time you may read and correct your data, see the consents you gave, withdraw a separate one such as that to your public page, ask for a copy, and close your account: name, address and telephone number are then erased here, except in texts of contracts that the law has us keep.

8. Safety. What is sent is encrypted; of a password only a hash is kept that cannot be turned back; rights follow duties and are checked again by the database; weighty acts take two people. Should data leak, you and the authority are told as the law demands.

9. Minors. The market is for adults with duties and collects nothing about minors.

10. Changes. A new version is published and you are asked anew. You may object to the association, or complain to the authority for the protection of personal information. The Chinese text prevails.$text$),
    '平台服务条款与个人信息保护规则,2026年1月版;《中华人民共和国个人信息保护法》第十四条、第十七条',
    'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001';
