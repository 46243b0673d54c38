"""What does an applicant see and do, from the booking to the result?"""
